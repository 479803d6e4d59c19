"""A real shop: a job is rehearsed and run by its own workers from the page, and the charts fit a phone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shop

WAIT_MS = 90_000
JOB = "/admin/n2store/jobrun/jobs/expire-credits/"


def test_a_job_is_rehearsed_and_then_run_by_a_worker(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.base_url}{JOB}")
    page.click("form[action$='/dry-run/'] button")
    latest = page.locator("[data-asked]").first
    expect(latest).to_have_attribute("data-asked", "over", timeout=WAIT_MS)
    rehearsed = latest.inner_text()

    page.click("a[href$='/expire-credits/run/']")
    page.click("form[data-once] [type=submit].is-main")
    expect(page.locator("[data-asked]")).to_have_count(2, timeout=WAIT_MS)
    expect(page.locator("[data-asked]").first).to_have_attribute("data-asked", "over", timeout=WAIT_MS)

    assert "lô công nợ ảo sẽ hết hạn" in rehearsed
    assert shop.username in page.locator("table.n2-jobs tbody tr").first.inner_text()


def test_the_first_screen_and_the_jobs_fit_a_phone(page: Page, shop: Shop) -> None:
    shop.pay("0909318264", 350_000)
    page.set_viewport_size({"width": 390, "height": 844})

    widths = {}
    for path in (
        "/admin/",
        "/admin/n2store/jobrun/jobs/",
        "/admin/customers/rfmconfig/",
        "/admin/customers/fraudcase/",
        "/admin/tickets/policy/",
        "/admin/tickets/policy/RETURN_SHIPPER/change/",
    ):
        page.goto(f"{shop.base_url}{path}")
        widths[path] = page.evaluate("document.documentElement.scrollWidth")

    page.goto(f"{shop.base_url}/admin/")
    page.click("section[aria-labelledby=n2-money] summary")
    assert set(widths.values()) == {390}
    assert page.locator("section[aria-labelledby=n2-money] table tbody tr").count() == 30
