"""What people do with bank transfers on screen: the queue, the review, undo, and the books around them."""
