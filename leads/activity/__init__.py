"""What happened: one way to record an activity, and the news it makes."""
