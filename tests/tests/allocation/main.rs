//! What allocates nothing, or little. The allocations of the thread that runs a test are counted.

mod no_allocation;
mod request_allocation;
mod sampler_allocation;
mod tags_without_allocation;
mod udp_allocation;
mod whitelist_allocation;

use fedtrace_tests::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
