"""What class search found and a person has not yet decided on."""
