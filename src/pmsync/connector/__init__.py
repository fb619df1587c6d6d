"""What a tool must offer: a Protocol to satisfy, and capabilities as data. There is no base class to inherit."""
