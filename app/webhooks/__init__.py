"""What happens in pools and to accounts, told to addresses that somebody registered."""
