"""What operators see of authors' blogs: never a key; and how they try again what failed."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.blogs.test_views import a_blog, a_post_on
from tests.operating import act, address, an_operator, listed, shown
from unroller.models import Blog, BlogPost, Thread

pytestmark = pytest.mark.django_db


def test_no_key_and_no_secret_address_is_shown(client: Client, ana: User) -> None:
    blog, operator = a_blog(ana), an_operator(client)
    Blog.objects.update(sealed="the-sealed-key", micropub_endpoint="https://1.example/micropub?secret=abc")
    for page in (listed(operator, Blog), shown(operator, blog)):
        assert "1.example" in page
        assert "the-sealed-key" not in page
        assert "secret=abc" not in page


def test_what_failed_is_tried_again(client: Client, ana: User, thread: Thread) -> None:
    row, operator = a_post_on(a_blog(ana), thread, BlogPost.State.FAILED), an_operator(client)
    assert "1 queued anew." in act(operator, "try_again", row)
    row.refresh_from_db()
    assert row.state == BlogPost.State.READY
    assert shown(operator, row)


def test_the_lists_cost_the_same_for_one_and_for_many(
    client: Client, ana: User, thread: Thread, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    operator = an_operator(client)
    for number in range(1, 6):
        a_post_on(a_blog(ana, number), thread)
        with django_assert_max_num_queries(12):
            operator.get(address(BlogPost))
            operator.get(address(Blog))
