"""What patients ask of us."""
