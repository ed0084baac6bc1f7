"""Asserts of the port suite are explained like those of any test."""

import pytest

pytest.register_assert_rewrite("tests.tenants.port_suite")
