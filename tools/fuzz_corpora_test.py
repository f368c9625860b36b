"""What is kept comes out again, and the same inputs are the same archive."""
import fuzz_corpora


def test_an_archive_gives_back_what_was_put_in(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz_corpora, "KEPT", tmp_path / "kept")
    for name, content in (("b", b"\xc1\x00"), ("a", b"")):
        (tmp_path / name).write_bytes(content)
    for archive in ("some_fuzz", "again_fuzz"):
        fuzz_corpora.pack([tmp_path / "b", tmp_path / "a"], tmp_path / f"kept/{archive}.zip")
    assert (tmp_path / "kept/some_fuzz.zip").read_bytes() == (tmp_path / "kept/again_fuzz.zip").read_bytes()
    assert fuzz_corpora.unpack("some_fuzz", tmp_path / "out") == 2
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == {"a": b"", "b": b"\xc1\x00"}
    assert fuzz_corpora.unpack("other_fuzz", tmp_path / "none") == 0 and (tmp_path / "none").is_dir()


def test_every_kept_archive_reads_and_belongs_to_a_target(tmp_path):
    targets = {path.stem for path in (fuzz_corpora.KEPT.parents[2] / "src").rglob("*_fuzz.cpp")}
    for archive in fuzz_corpora.KEPT.glob("*.zip"):
        assert archive.stem in targets
        assert fuzz_corpora.unpack(archive.stem, tmp_path / archive.stem) > 0
