"""What templates of transfers may use."""
