import pytest

from bench import apis


@pytest.mark.parametrize("name", apis.PACED)
def test_each_service_gives_its_source_all_its_documents(name, monkeypatch):
    for key in apis.KEYS:
        monkeypatch.setenv(key, "set back after the test")
    documents = 10
    asked = apis.run(name, documents, 0.0)
    assert asked.stored == documents
    assert asked.requests > documents
    assert asked.cpu_s > 0
