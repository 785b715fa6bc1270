/* check_zone.c: time zones that are known when the program is compiled. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "dsc_zone.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool ends_in(const char *zone, const char *place)
{
    const char *slash = strrchr(zone, '/');
    return slash && strcasecmp(slash + 1, place) == 0;
}

/* "did you mean `Europe/Berlin`?": by the names in zone.tab, the third word of a line. */
static bool suggest_zone(Checker *cx, const char *found)
{
    const char *folder = dsc_zone_folder();
    FILE *in = folder ? fopen(arena_printf(cx->arena, "%s/zone.tab", folder), "r") : NULL;
    if (!in)
        return false;
    VEC(const char *) names = {0};
    const char *place = arena_strdup(cx->arena, found), *exact = NULL;
    for (char *p = (char *)place; *p; p++)
        *p = *p == ' ' ? '_' : *p;
    char line[1000], name[100];
    while (fgets(line, sizeof line, in)) {
        if (line[0] == '#' || sscanf(line, "%*s %*s %99s", name) != 1)
            continue;
        const char *zone = arena_strdup(cx->arena, name);
        if (!exact && (strcasecmp(zone, place) == 0 || ends_in(zone, place)))
            exact = zone;
        vec_push(cx->arena, &names, zone);
    }
    fclose(in);
    if (!exact)
        return diag_suggest(cx->diags, found, names.at, names.n);
    diag_help(cx->diags, "did you mean `%s`?", exact);
    return true;
}

void check_zone(Checker *cx, const Expr *e)
{
    const Expr *zone = known_text(e->args.at[e->args.n - 1].value);
    const char *why;
    if (!zone || dsc_zone_exists(zone->text.p, zone->text.n, &why))
        return;
    const char *name = arena_strndup(cx->arena, zone->text.p, zone->text.n);
    diag_error(cx->diags, E0420, zone->span, "`%s` is not a time zone", name);
    diag_label(cx->diags, "%s", why);
    if (!dsc_zone_folder() || suggest_zone(cx, name))
        return;
    diag_expected(cx->diags, "a name such as \"Europe/Berlin\", \"America/New_York\" or \"UTC\"");
}
