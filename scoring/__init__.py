"""What the facts are worth: models, the engine, the touched worker."""
