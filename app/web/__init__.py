"""The web application around the domains: requests, answers, problems."""
