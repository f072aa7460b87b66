"""Runs where the other readers are:  python read_with.py READER FOLDER  prints what it read as JSON."""

import json
import sys
import types
from importlib.util import find_spec
from pathlib import Path


def devicely(folder):
    from devicely import EmpaticaReader

    found = EmpaticaReader(str(folder))
    return {
        "bvp": found.BVP.tolist(),
        "acc": found.ACC.values.tolist(),
        "eda": found.EDA.tolist(),
        "temp": found.TEMP.tolist(),
        "hr": found.HR.tolist(),
        "ibi": found.IBI["IBI"].tolist(),
        "tags": [tag.timestamp() for tag in found.tags],
        "starts": sorted({time.timestamp() for name, time in found.start_times.items() if name != "HR"}),
        "last": {
            name.lower(): getattr(found, name).index[-1].timestamp() for name in ("BVP", "ACC", "EDA", "TEMP")
        },
    }


def flirt(folder):
    # FLIRT's own reader without what the package loads beside it to make features (numba, astropy: 500 MB).
    package = types.ModuleType("flirt")
    package.__path__ = list(find_spec("flirt").submodule_search_locations)
    sys.modules["flirt"] = package
    from flirt.reader import empatica

    frames = {
        name: getattr(empatica, f"read_{name}_file_into_df")(str(folder / f"{name.upper()}.csv"))
        for name in ("bvp", "acc", "eda", "temp", "hr")
    }
    ibi = empatica.read_ibi_file_into_df(str(folder / "IBI.csv"))
    found = {name: frame.values.tolist() for name, frame in frames.items()}
    found |= {name: [row[0] for row in found[name]] for name in found if name != "acc"}
    found["ibi"] = [interval / 1000 for interval in ibi["ibi"]]
    found["starts"] = sorted({frame.index[0].timestamp() for name, frame in frames.items() if name != "hr"})
    found["last"] = {name: frame.index[-1].timestamp() for name, frame in frames.items() if name != "hr"}
    return found


def empatican(folder):
    from empatican.physio.e4 import STREAM_SOURCE

    read = {name: make(str(folder / file)) for name, (make, file) in STREAM_SOURCE.items()}
    found = {name: read[long].data.values.tolist() for name, long in LONG.items()}
    return {
        **{name: rows if name == "acc" else [row[0] for row in rows] for name, rows in found.items()},
        "tags": [time.timestamp() for time in read["press"].data.index],
        "starts": sorted({read[long].start_timestamp for name, long in LONG.items() if name != "hr"}),
        "last": {name: read[long].data.index[-1].timestamp() for name, long in LONG.items() if name != "hr"},
    }


LONG = {"bvp": "bvp", "acc": "acc", "eda": "eda", "temp": "temperature", "hr": "hr"}

if __name__ == "__main__":
    reader = {"devicely": devicely, "flirt": flirt, "empatican": empatican}[sys.argv[1]]
    json.dump(reader(Path(sys.argv[2])), sys.stdout)
