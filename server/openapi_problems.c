/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi_problems.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{400, "A parameter, the path or a header is not as it should be"},
	{401, "A token is needed, and none came or it is not known"},
	{403, "The token may only read, or the request came from another site's page"},
	{404, "There is no such snapshot or object"},
	{406, "Accept takes none of the formats that there are"},
	{409, "It cannot be done as things are"},
	{410, "The snapshot was deleted"},
	{411, "The body has no Content-Length"},
	{413, "The body is too large"},
	{415, "The body is not application/json"},
	{421, "The Host header names another server"},
	{422, "It is asked for in a way that has no answer, or too large a one"},
	{503, "The database cannot be read, is busy, or the query takes too long"},
	{504, "The collector did not answer in time"},
};

const char *openapi_problems_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return NULL;
}

static bool may_refuse(const struct route *route, uint16_t status)
{
	for (const uint16_t *listed = route->problems; *listed; listed++)
		if (*listed == status)
			return true;
	switch (status) {
	case 400:
	case 421:
		return true;
	case 401:
		return !route->open;
	case 403:
	case 411:
	case 413:
	case 415:
	case 504:
		return route->order;
	case 404:
		return route->in_path[0] != PARAM_NONE;
	case 406:
		return route_takes(route, PARAM_FORMAT);
	case 410:
		return route_takes(route, PARAM_SNAPSHOT);
	case 503:
		return !route->without_database;
	default:
		return false;
	}
}

void openapi_problems_of(const struct route *route, uint16_t ret_statuses[OPENAPI_PROBLEMS_MAX])
{
	size_t count = 0;

	for (uint16_t status = 400; status < 600 && count < OPENAPI_PROBLEMS_MAX - 1; status++)
		if (may_refuse(route, status))
			ret_statuses[count++] = status;
	ret_statuses[count] = 0;
}
