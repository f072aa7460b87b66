"""Where samples come from: a band over BLE, a recorded session, a simulated wearer.

An inlet gives `Samples` and nothing else. It promises three things that the engine leans on:

* all streams of a wearer share one zero of time, so that index / rate can be compared between them (a stream
  that starts later than the session begins with `lost` samples);
* within a stream, `first` never goes back and `first - lost` is where the record before it ended;
* no stream that the inlet has announced falls behind the others for longer than its `stale_after_s` without a
  record that says which samples are lost, if need be one without values.

Inlets and outlets do not know each other.
"""
