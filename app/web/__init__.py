"""What every endpoint shares: requests, answers, problems, and how it gets the service that it needs."""
