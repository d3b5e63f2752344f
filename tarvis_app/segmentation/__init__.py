"""From a click to a request, and from an answer to the document: the only door to the network."""
