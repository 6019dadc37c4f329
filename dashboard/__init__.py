"""The dashboard: reads one protected publication; never imports ``etl``."""
