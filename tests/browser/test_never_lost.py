"""Nothing a patient writes is lost or doubled: cut networks, reloads, closed browsers, two tabs, two taps, errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.patient import Patient
from tests.conftest import Stack


def own_answers(patient: Patient) -> list[str]:
    return patient.page.locator("#log .me .text").all_inner_texts()


def test_with_the_network_cut_twice_every_answer_arrives_once(patient: Patient) -> None:
    page, context = patient.page, patient.page.context
    for question, value in (("consent", "yes"), ("for_whom", "self")):
        patient.asked_for(question)
        context.set_offline(True)
        page.locator(f'#answer [data-value="{value}"]').click()
        expect(page.locator("#notice")).to_contain_text("You are offline")
        expect(page.locator("#log .me").last).to_contain_text("Kept. Not sent yet.")
        expect(page.locator("#typing")).to_be_hidden()
        context.set_offline(False)
        patient.settle()
        expect(page.locator("#notice")).to_be_empty()
    patient.asked_for("age_band")
    page.reload()
    page.locator('#log [data-question="age_band"]').wait_for()
    assert len(own_answers(patient)) == 2


def test_an_answer_written_offline_survives_a_reload(patient: Patient) -> None:
    page = patient.page
    page.route("**/messages", lambda route: route.abort())
    page.locator('#answer [data-value="yes"]').click()
    expect(page.locator("#log .me")).to_contain_text("Kept. Not sent yet.")
    page.unroute("**/messages")
    page.reload()
    patient.asked_for("for_whom")
    assert len(own_answers(patient)) == 1


def test_a_reply_lost_on_its_way_does_not_double_the_answer(patient: Patient) -> None:
    page = patient.page
    sent: list[str] = []

    def lose_the_first_reply(route: Route) -> None:
        sent.append(str(route.request.post_data))
        if len(sent) > 1:
            return route.continue_()
        route.fetch()  # the server has it
        route.abort()  # the browser never hears of it

    page.route("**/messages", lose_the_first_reply)
    page.locator('#answer [data-value="yes"]').click()
    patient.asked_for("for_whom")
    patient.settle()
    assert len(sent) >= 2 and len(set(sent)) == 1
    page.reload()
    patient.asked_for("for_whom")
    assert len(own_answers(patient)) == 1


def test_a_double_tap_sends_once(patient: Patient) -> None:
    page = patient.page
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.locator('#answer [data-value="yes"]').dblclick()
    patient.asked_for("for_whom")
    page.evaluate("document.querySelector('#person').click(); document.querySelector('#person').click()")
    patient.settle()
    assert len([url for url in posts if url.endswith("/messages")]) == 2


def test_two_taps_on_a_choice_that_is_already_gone_send_once(patient: Patient) -> None:
    page = patient.page
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.locator('#answer [data-value="yes"]').evaluate("button => { button.click(); button.click() }")
    patient.asked_for("for_whom")
    patient.settle()
    assert len(posts) == 1


def test_the_second_half_of_a_double_tap_does_not_answer_the_next_question(patient: Patient) -> None:
    page = patient.page
    patient.walk_to("for_whom")
    page.locator('#answer [data-value="self"]').click()
    patient.asked_for("age_band")
    patient.settle()
    page.locator("#answer [data-value]").first.dispatch_event("click", {"detail": 2})
    assert page.locator("#log .me").count() == 2
    assert patient.question == "age_band"


def test_a_poll_without_news_leaves_the_reader_where_they_are(patient: Patient) -> None:
    patient.walk_to("pain.site")
    page = patient.page
    page.locator("main").evaluate("main => { main.scrollTop = 0 }")
    with page.expect_response(lambda reply: "wait=0" in reply.url):
        page.evaluate("new BroadcastChannel('ims-' + JSON.parse(sessionStorage.getItem('ims-chat')).id).postMessage('news')")
    with page.expect_request(lambda request: "wait=25" in request.url):
        pass  # the next poll starts when the answer of the last has been shown
    assert page.locator("main").evaluate("main => main.scrollTop") == 0


def test_a_long_list_is_shown_from_its_question_on(profile: Callable[..., BrowserContext], stack: Stack) -> None:
    patient = Patient(profile(viewport=PHONE).new_page()).open(stack.url)
    patient.walk_to("age_band")
    patient.click_answer("age_band")
    patient.asked_for("safety.now")
    expect(patient.page.locator('#log [data-question="safety.now"]').last).to_be_in_viewport(ratio=1)


def test_a_reload_goes_on_where_it_was(patient: Patient) -> None:
    patient.walk_to("age_band")
    before = patient.messages()
    patient.page.reload()
    patient.asked_for("age_band")
    assert patient.messages() == before
    expect(patient.page.locator('#answer [data-value="19_49"]')).to_be_visible()


def test_without_the_visitors_yes_a_closed_browser_leaves_nothing(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    first = profile()
    Patient(first.new_page()).open(stack.url).walk_to("age_band")
    assert all(not origin["localStorage"] for origin in first.storage_state()["origins"])
    assert first.cookies() == []


def test_with_the_visitors_yes_the_chat_can_be_gone_on_with_after_closing_the_browser(
    profile: Callable[..., BrowserContext], stack: Stack
) -> None:
    first = profile()
    patient = Patient(first.new_page()).open(stack.url)
    patient.page.get_by_label("This is my own device").check()
    patient.walk_to("age_band")
    kept = first.storage_state()
    page = profile(storage_state=kept).new_page()
    page.goto(stack.url)
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.locator("#log .msg").count() == 0, "an earlier answer was shown before the visitor said it is theirs"
    page.get_by_role("button", name="Yes, go on with it").click()
    Patient(page).asked_for("age_band")


def test_someone_else_on_a_shared_device_starts_anew(profile: Callable[..., BrowserContext], stack: Stack) -> None:
    first = profile()
    patient = Patient(first.new_page()).open(stack.url)
    patient.page.get_by_label("This is my own device").check()
    patient.walk_to("age_band")
    page = profile(storage_state=first.storage_state()).new_page()
    page.goto(stack.url)
    page.get_by_role("button", name="No, start a new chat").click()
    Patient(page).asked_for("consent")
    assert page.locator("#log .me").count() == 0


def test_two_tabs_stay_in_step(profile: Callable[..., BrowserContext], stack: Stack) -> None:
    context = profile()
    first = Patient(context.new_page()).open(stack.url)
    first.page.get_by_label("This is my own device").check()
    first.walk_to("for_whom")
    second = Patient(context.new_page())
    second.page.goto(stack.url)
    second.page.get_by_role("button", name="Yes, go on with it").click()
    second.asked_for("for_whom")
    second.click_answer("for_whom")
    first.asked_for("age_band")
    first.click_answer("age_band")
    second.asked_for("safety.now")
    assert first.messages() == second.messages()


@pytest.mark.parametrize(
    ("status", "words"),
    [(503, "The chat is starting up."), (429, "That was a lot at once."), (500, "Something went wrong on our side.")],
)
def test_trouble_on_the_servers_side_reads_as_a_sentence_and_passes(patient: Patient, status: int, words: str) -> None:
    page = patient.page
    refused: list[Route] = []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route)
        route.fulfill(status=status, headers={"Retry-After": "2"}, content_type="application/problem+json", body="{}")

    page.route("**/messages", refuse_once)
    page.locator('#answer [data-value="yes"]').click()
    expect(page.locator("#notice")).to_contain_text(words)
    expect(page.locator("#notice").get_by_role("link")).to_have_attribute("href", "tel:+12505550142")
    patient.asked_for("for_whom")
    expect(page.locator("#notice")).to_be_empty()


def test_a_server_that_is_still_starting_is_waited_for(page: Page, stack: Stack) -> None:
    calls: list[Route] = []

    def starting(route: Route) -> None:
        calls.append(route)
        if len(calls) > 2:
            return route.continue_()
        route.fulfill(status=503, content_type="application/problem+json", body="{}")

    page.route("**/api/v1/conversations", starting)
    page.goto(stack.url)
    expect(page.locator("#notice")).to_contain_text("The chat is starting up.")
    Patient(page).asked_for("consent")
    assert len(calls) == 3


def test_the_typing_sign_ends_when_the_server_never_answers(patient: Patient) -> None:
    page = patient.page
    page.route("**/messages", lambda route: route.abort("timedout"))
    page.locator('#answer [data-value="yes"]').click()
    expect(page.locator("#notice")).to_contain_text("We cannot reach the chat right now.")
    expect(page.locator("#typing")).to_be_hidden()


def test_an_answer_can_be_changed_where_it_stands(patient: Patient) -> None:
    page = patient.page
    patient.walk_to("safety.now")
    page.locator('#log .me[data-question="age_band"]').get_by_role("button", name="Change").click()
    editor = page.locator(".editor")
    expect(editor.get_by_role("heading")).to_be_focused()
    editor.locator('[data-value="50_64"]').click()
    patient.settle()
    expect(editor).to_have_count(0)
    expect(page.locator("#log .me .text").last).to_have_text("50 to 64")
    assert patient.question == "safety.now"


def test_a_copy_of_ones_own_answers_can_be_saved(patient: Patient) -> None:
    patient.walk_to("safety.now")
    page = patient.page
    page.get_by_role("button", name="Menu").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save a copy of my answers").click()
    copy = saving.value.path().read_text("utf-8")
    assert "My answers to" in copy
    for answer in own_answers(patient):
        assert answer in copy


def test_stop_and_delete_erases_and_leaves_nothing_on_the_device(patient: Patient, stack: Stack) -> None:
    page = patient.page
    page.get_by_label("This is my own device").check()
    patient.walk_to("safety.now")
    conversation = page.evaluate("JSON.parse(localStorage.getItem('ims-chat'))")
    page.get_by_role("button", name="Stop and delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop and delete").click()
    expect(page.get_by_role("heading", name="Your chat was stopped and deleted.")).to_be_focused()
    expect(page.locator("#answer")).to_contain_text("Receipt")
    assert page.locator("#log .msg").count() == 0
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    reply = page.request.get(
        f"{stack.url}/api/v1/conversations/{conversation['id']}",
        headers={"Authorization": f"Bearer {conversation['token']}"},
    )
    assert reply.status in (401, 404, 410)
    page.reload()
    Patient(page).asked_for("consent")


def test_a_chat_deleted_in_one_tab_is_gone_from_the_other(profile: Callable[..., BrowserContext], stack: Stack) -> None:
    context = profile()
    first = Patient(context.new_page()).open(stack.url)
    first.page.get_by_label("This is my own device").check()
    first.walk_to("age_band")
    second = context.new_page()
    second.goto(stack.url)
    second.get_by_role("button", name="Yes, go on with it").click()
    Patient(second).asked_for("age_band")
    first.page.get_by_role("button", name="Stop and delete").click()
    first.page.get_by_role("dialog").get_by_role("button", name="Stop and delete").click()
    expect(second.get_by_role("heading", name="This chat was stopped and deleted.")).to_be_visible()
    assert second.locator("#log .msg").count() == 0


def test_talk_to_a_person_is_one_tap_at_any_time(patient: Patient) -> None:
    patient.walk_to("age_band")
    patient.page.get_by_role("button", name="Talk to a person").click()
    patient.settle()
    assert "Can I talk to a person, please?" in own_answers(patient)
    assert patient.state == "active"
