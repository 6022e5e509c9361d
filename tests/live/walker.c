/* SPDX-License-Identifier: GPL-2.0-only */
#include "walker.h"

#include <string.h>

#include "cmocka_all.h"
#include "expect.h"

void walker_open(struct walker *walker, pid_t tree)
{
	char error[WALK_ERROR_SIZE] = "";

	*walker = (struct walker){0};
	if (walk_open(tree, &walker->walk, error))
		fail_msg("walk: %s", error);
}

void walker_close(struct walker *walker)
{
	walk_close(&walker->walk);
	decoder_clear(&walker->decoder);
}

void walker_take(struct walker *walker, const struct model *previous, struct model *model)
{
	char error[WALK_ERROR_SIZE] = "";
	struct walk_result result;
	int rc;

	decoder_start(&walker->decoder, model, previous);
	if (walk_run(walker->walk, previous, &walker->decoder, NULL, &result, error))
		fail_msg("walk: %s", error);
	rc = decoder_finish(&walker->decoder);
	if (rc)
		fail_msg("decode: %s (%s)", strerror(-rc), walker->decoder.error);
	expect_sound(model);
}
