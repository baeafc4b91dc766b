"""What runs in the process of one extraction. Only there, engines are imported, by name."""
