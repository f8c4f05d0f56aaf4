#include "endpoint.h"

#include "alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *ph_default_run_dir(void)
{
    if (geteuid() == 0)
        return ph_strdup("/run/plughost");
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/')
        return ph_format("%s/plughost", runtime);
    return ph_format("/tmp/plughost-%u", (unsigned)geteuid());
}

static char *socket_in(const char *run_dir, const char *file)
{
    ph_cleanup(ph_freep) char *fallback = run_dir ? NULL : ph_default_run_dir();
    return ph_format("ipc://%s/%s", run_dir ? run_dir : fallback, file);
}

char *ph_default_endpoint(const char *run_dir)
{
    return socket_in(run_dir, "endpoint.sock");
}

char *ph_default_pubsub(const char *run_dir)
{
    return socket_in(run_dir, "pubsub.sock");
}

const char *ph_endpoint_ipc_path(const char *endpoint)
{
    static const char scheme[] = "ipc://";
    return strncmp(endpoint, scheme, sizeof scheme - 1) == 0 ? endpoint + sizeof scheme - 1 : NULL;
}
