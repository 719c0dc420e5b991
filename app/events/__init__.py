"""What happens in pools and to accounts, as it happens."""
