"""What tickets of each type earn, for the owner to say."""
