mod attacks;
mod generations;
mod making;
mod office;
mod openssl;
mod samples;
