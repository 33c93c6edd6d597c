"""What a reading passes on the way to the outbox."""
