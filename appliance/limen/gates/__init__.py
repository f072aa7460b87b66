"""Pure: samples in, edges out. No I/O, no clock, no asyncio; memory is taken once."""
