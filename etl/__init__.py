"""From HR extract to protected publication; never imports ``dashboard``."""
