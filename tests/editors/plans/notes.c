/* A file that is not Markdown. */
int shelves = 12;
