"""Cases for the pure planner, drawn by seed: tools whose words are lossy, people at work, writes that get lost."""
