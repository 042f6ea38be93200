"""Half a minute of random use leaves nothing behind; `python -m tests.browser.soak` takes longer."""

from __future__ import annotations

from tests.browser.soak import Soak


def test_random_use_leaves_no_error_no_thread_no_listener_and_no_memory(lab, open_page):
    soak = Soak(lab, open_page(viewport={"width": 1280, "height": 1400}))
    before = soak.run(4)
    after = soak.run(16)
    assert soak.errors == [] and after.actions > before.actions + 20 and soak.missed < soak.actions / 4
    assert after.threads <= before.threads
    assert 0 < after.ours <= before.ours
    assert after.heap <= 1.5 * before.heap and after.kernel <= before.kernel + 30
