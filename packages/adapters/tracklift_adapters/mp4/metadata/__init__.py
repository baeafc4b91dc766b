"""What a video says about itself: texts, a cover picture, and a comment about priming and padding."""
