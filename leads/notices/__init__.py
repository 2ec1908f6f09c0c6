"""What people are told: once each, after the time to take things back, as they wish to be told."""
