#!/usr/bin/env python3
"""Makes stored.npz, deflated.npz and zip64.npz: the same arrays as NumPy writes them (2.x; any version does)."""
import pathlib
import struct
import zipfile

import numpy

here = pathlib.Path(__file__).parent
arrays = {
    "features": (numpy.arange(24, dtype="float32") / 2).reshape(6, 4),
    "labels": numpy.array([0, 1, 2, 0, 1, 2]),
}
numpy.savez(here / "stored.npz", **arrays)
numpy.savez_compressed(here / "deflated.npz", **arrays)

# What a file of more than 4 GiB has: sizes and places in ZIP64 extra fields, and a ZIP64 directory.
file = (here / "stored.npz").read_bytes()
with zipfile.ZipFile(here / "stored.npz") as archive:
    members = archive.infolist()
    begin = archive.start_dir
directory = b""
for m in members:
    extra = struct.pack("<HHQQQ", 1, 24, m.file_size, m.compress_size, m.header_offset)
    name = m.filename.encode()
    directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0x21, m.CRC, 0xFFFFFFFF, 0xFFFFFFFF,
                             len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + name + extra
end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, len(members), len(members), len(directory), begin)
locator = struct.pack("<IIQI", 0x07064B50, 0, begin + len(directory), 1)
end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
(here / "zip64.npz").write_bytes(file[:begin] + directory + end64 + locator + end)
