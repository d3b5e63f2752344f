"""Files of other tools: export and import in the background, with a look before and after."""
