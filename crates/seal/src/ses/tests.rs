mod attacks;
mod generations;
mod making;
mod message;
mod office;
mod openssl;
mod samples;
