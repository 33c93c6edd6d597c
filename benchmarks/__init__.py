"""Speed and accuracy, on data anyone can get."""
