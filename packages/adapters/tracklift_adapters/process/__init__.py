"""What a process shows of itself: its log."""
