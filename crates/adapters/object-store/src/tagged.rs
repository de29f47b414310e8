//! `Tagged`: HTTP requests that say to the S3 service in this process what is to become of them.
//!
//! They are numbered here, as the client makes them, and go wrong there, on a real socket: so a
//! connection that is reset looks to the client as it does in life, and no other store's requests go
//! wrong in their place.

use async_trait::async_trait;
use object_store::aws::AmazonS3Builder;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, Result};
use zarr_conform_s3_service::S3Service;
use zarr_conform_store::{RequestKind, Requests};

/// A client that is there already, for a builder that wants to make its own.
#[derive(Clone, Debug)]
struct Tagged {
    http: HttpClient,
    requests: Requests,
}

/// A client of the service in this process, whose requests go wrong as `requests` says.
pub(crate) fn tagged(
    builder: AmazonS3Builder,
    http: &HttpClient,
    requests: &Requests,
) -> AmazonS3Builder {
    builder.with_http_connector(Tagged { http: http.clone(), requests: requests.clone() })
}

impl HttpConnector for Tagged {
    fn connect(&self, _: &ClientOptions) -> Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Tagged {
    async fn call(&self, mut request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let kind = RequestKind::of_method(request.method().as_str());
        if let Some(fault) = self.requests.next(kind)
            && let Ok(word) = fault.name().parse()
        {
            request.headers_mut().insert(S3Service::FAULT_HEADER, word);
        }
        self.http.execute(request).await
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
