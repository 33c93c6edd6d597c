"""The words all services share: pure values and functions, no input or output."""
