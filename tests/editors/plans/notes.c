/* A file that is no Markdown. */
int shelves = 12;
