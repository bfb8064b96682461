"""What the tests compare with: numbers and programs of another hand than ours."""
