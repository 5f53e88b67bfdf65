"""Work for people: the queue, votes and what they come to, disputes, what may be learnt from, and the numbers of it all."""
