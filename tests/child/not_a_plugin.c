/* not_a_plugin.c - a shared object that knows nothing of plughost. */
__attribute__((visibility("default"))) extern const int answer;
const int answer = 42;
