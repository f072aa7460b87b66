"""An E4 over Bluetooth LE: what it says, what that means, when it was measured, and how to get it back.

    profile      the band's services, characteristics and commands, with how sure we are of each
    codec        bytes to frozen packets; nothing is converted here
    eda, temp    raw counts to µS and °C, with the probes for what is not known for certain
    optical      raw light to an estimate of blood volume pulse (an estimate, not the maker's)
    counters     packet counters found by watching the trailer bytes
    sampleclock  sample index to monotonic time, by the least delayed arrivals
    track        where one stream's packets lie: losses, bursts, reconnects
    assemble     notifications to `Samples` that keep the promises in `limen.inlets`
    settings     what a person may set about a band
    ladder       what to do next when the link fails
    capture      everything a band said, as lines of text
    decode       what a capture settles about the open questions
    replay       a capture as a session
    roster       whose band is whose
    states       what a link is doing, in words

All of these are pure: time is handed in, and only captures are files. What follows talks to bleak and D-Bus:

    connection   one connection, from connecting to its end
    scanner      one scanner for all bands, in bursts
    link         one wearer's link: found, started, watched, won back
    adapter, remedies, failures   what is done about what goes wrong
    inlet        all bands of a box
    survey, contact   what is in the air; everything that one band says
"""
