"""The checks, one module per exercise or lesson."""
