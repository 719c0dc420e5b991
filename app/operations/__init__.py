"""What an operator watches: requests, logs, metrics."""
