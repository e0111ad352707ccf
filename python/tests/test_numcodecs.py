"""Packed entries as chunks of zarr arrays, where numcodecs and zarr are installed."""

import numpy as np
import pytest

import packrat

numcodecs = pytest.importorskip("numcodecs")


@pytest.mark.parametrize("spec", ["none", "quantize:states=16,range=local", "thin:factor=0.5", "quantize:states=4,range=local|entropy"])
def test_chunks_come_back_as_the_codec_gives_them(spec, draw):
    from packrat.numcodecs import PackratCodec

    rows = draw.normal(size=(300, 6, 2, 2)).astype("float32")
    ours = PackratCodec(packrat.Codec.fit(spec, rows))
    expected = ours.codec.decode(ours.codec.encode(rows[:50]))
    again = numcodecs.get_codec(ours.get_config())
    out = np.empty_like(expected)
    for codec in (ours, again):
        chunk = codec.encode(rows[:50])
        np.testing.assert_array_equal(codec.decode(chunk), expected)
        codec.decode(chunk, out)
        np.testing.assert_array_equal(out, expected)
        for damaged in (chunk[:-1], chunk[:5], b"", b"\xff" * 40):
            try:
                codec.decode(damaged)
            except packrat.Error:
                pass
    assert codec.codec.spec == ours.codec.spec and ours == again


def test_zarr_keeps_features_in_fewer_bytes_and_reads_them_again(draw, tmp_path):
    zarr = pytest.importorskip("zarr", minversion="3")
    from packrat.numcodecs import PackratCodec

    rows = draw.normal(size=(1000, 64)).astype("float32")
    codec = packrat.Codec("quantize:states=16,range=local", shape=(64,))
    made = zarr.create_array(tmp_path / "a.zarr", shape=rows.shape, chunks=(256, 64), dtype="float32", zarr_format=2,
                             compressors=PackratCodec(codec))
    made[:] = rows
    read = zarr.open_array(tmp_path / "a.zarr", mode="r")
    np.testing.assert_array_equal(read[:], codec.decode(codec.encode(rows)))
    held = sum(file.stat().st_size for file in (tmp_path / "a.zarr").rglob("*") if file.name[0].isdigit())
    assert held == 1024 * codec.entry_bytes < rows.nbytes / 6  # the last chunk is whole
