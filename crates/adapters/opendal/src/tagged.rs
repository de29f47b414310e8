//! `Tagged`: HTTP requests that say to the S3 service in this process what is to become of them.
//!
//! They are numbered here, as the client makes them, and go wrong there, on a real socket.

use opendal::raw::{Layer, Servicer};
use opendal::{Buffer, HttpBody, HttpTransport, HttpTransporter, OperationContext, Result};
use zarr_conform_s3_service::S3Service;
use zarr_conform_store::{RequestKind, Requests};

/// The layer; what goes wrong is what `requests` says.
#[derive(Debug)]
pub(crate) struct Tagged(pub(crate) Requests);

impl Layer for Tagged {
    fn apply_context(&self, _: Servicer, inner: OperationContext) -> OperationContext {
        let http = inner.http_transport().clone();
        let tagged = TaggedHttp { http, requests: self.0.clone() };
        inner.with_http_transport(HttpTransporter::new(tagged))
    }
}

struct TaggedHttp {
    http: HttpTransporter,
    requests: Requests,
}

impl HttpTransport for TaggedHttp {
    async fn fetch(&self, mut request: http::Request<Buffer>) -> Result<http::Response<HttpBody>> {
        let kind = RequestKind::of_method(request.method().as_str());
        if let Some(fault) = self.requests.next(kind)
            && let Ok(word) = fault.name().parse()
        {
            request.headers_mut().insert(S3Service::FAULT_HEADER, word);
        }
        self.http.fetch(request).await
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::plan::RequestFault;
    use zarr_conform_s3_service::Fault;

    #[test]
    fn the_service_knows_every_fault_by_the_word_in_plans() {
        for fault in RequestFault::ALL {
            assert!(Fault::ALL.iter().any(|known| known.word() == fault.name()), "{fault}");
        }
    }
}
