// What a (die, variant) returns from the classification of all images. Twin: src/compute/job.rs (ClassifyRow).

struct Results {
    n_correct: atomic<u32>,
    n_lost: atomic<u32>,
    n_gained: atomic<u32>,
    n_clipped: atomic<u32>,
}
