"""Who may sign in to the staff desk, and how."""
