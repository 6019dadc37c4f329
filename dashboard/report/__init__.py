"""The board paper: one model of its sheets, written as slides (PPTX) and as a document (PDF)."""
