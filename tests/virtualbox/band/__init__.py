"""A virtual Empatica E4: what a band says over the air, made from a recorded session.

It keeps to what is publicly known of the E4 and fills every gap with the same assumptions as Limen's decoder, so
that tests which pass against it show that Limen is right about those assumptions being met, not that a real band
meets them. What is assumed rather than known: the meaning and byte order of the counters, that BVP fields are
differences of two light channels, the conversion of EDA, the battery's single byte, the event's first byte,
that a start sets the counters back to 0, and that time goes on for the wearer while the link is down.

`packing` and `tape` are pure and run anywhere; the rest runs in the box, over Bumble and the kernel's /dev/vhci.
"""
