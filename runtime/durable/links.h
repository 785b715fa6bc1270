/* links.h: input that stays where it is: files held-NUMBER of the checkpoint's folder are further names (hard links) of
 * files that sources have read. A record of the log names the link in place of the bytes, so the batch can run again whatever
 * becomes of the other names. */
#ifndef RT_LINKS_H
#define RT_LINKS_H

#include "../core.h"

typedef struct rt_links rt_links;

enum { RT_LINK_NAME = 32 };

/* Those that are in the folder. NULL after dsc_fail. */
rt_links *rt_links_open(dsc_context *job, int folder, const char *path);
void rt_links_close(rt_links *l);
/* Unlink all of them. */
int rt_links_remove(rt_links *l);

/* The source's file of that split, for the log's next record, `seq`: 1, and the link's name; 0: it has none, and its bytes
 * are to be logged; -1 after dsc_fail. Splits of a node come in rising order. */
int rt_links_hold(rt_links *l, const rt_node *node, int32_t split, uint64_t seq, char name[RT_LINK_NAME]);
/* Links and bytes of the files that have been held since are on stable storage: before the batch counts. */
int rt_links_sync(rt_links *l);
/* The log has been read to its end, record `seq`: links for records behind it are unlinked, others may be needed until it
 * is trimmed up to there. */
int rt_links_settle(rt_links *l, uint64_t seq);
/* The log is no longer needed up to record `seq`: links that only these name are unlinked. */
int rt_links_trim(rt_links *l, uint64_t seq);

/* The bytes of a piece through its link, to block->p and block->held, which is to be freed. `of`: the file as it was called when
 * it was read; hash: of the piece's bytes as they were. */
int rt_links_read(dsc_context *job, int folder, const char *path, const char *link, const char *of, const dsc_piece *piece,
                  uint64_t hash, dsc_block *block);

#endif
